module sturnus/entrypoint

go 1.21
